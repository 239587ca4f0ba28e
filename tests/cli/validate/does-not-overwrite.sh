# Asked before any work; nothing half-written stays where a result cannot be placed.
mirti simulate country --states 2 --municipalities 20 --persons 20000 --seed 11 --quiet
mkdir out
echo mine >out/states.svg
mirti validate country/mirti.yaml --output out || echo $?
ls -A out
cat out/states.svg
mirti validate country/mirti.yaml --output out --overwrite --quiet
set -- out/*
echo $#
mirti validate country/mirti.yaml --output country/mirti.yaml || echo $?
