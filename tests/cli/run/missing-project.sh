mirti run nowhere.yaml --output out || echo "status $?"
test ! -e out
