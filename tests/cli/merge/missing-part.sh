mirti merge no-such.cube --output sum.cube || test $? = 3
test ! -e sum.cube
