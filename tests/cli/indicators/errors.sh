# What is not there is named, with the place; nothing is written.
. "$SOURCE/tests/cli/indicators/example"
try() {
    mirti indicators mirti.yaml "$@" --output out.csv || echo "exit $?" >&2
}
try --by area
try --of agee+1
try --by 'MAP(sex)'
try --per h --total
try --of hours --among 'age > 10'
try --bye x
test ! -e out.csv
