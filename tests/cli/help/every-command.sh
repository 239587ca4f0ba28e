# Whatever the overview lists has help of its own that names it.
mirti help | sed -n "s/^  \([a-z]*\)  .*/\1/p" >commands
test -s commands
while read -r command; do
    mirti help "$command" | head -n 1 | grep -q "^usage: mirti $command"
done <commands
