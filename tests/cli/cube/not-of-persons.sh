cp "$SOURCE"/examples/mexico-2020/mirti.yaml "$SOURCE"/models/mx-adolescent-work.yaml .
sed -i 's|../../models/||' mirti.yaml
mirti cube mirti.yaml --output census.cube || test $? = 3
test ! -e census.cube
