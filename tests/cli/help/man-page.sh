# Whatever the program has, its man page has: every command, and every option of every command.
page=$SOURCE/docs/man/mirti.1
mirti help | sed -n "s/^  \([a-z]*\)  .*/\1/p" | while read -r command; do
    grep -q "^\.It Cm $command\b" "$page" || echo "the man page lacks the command $command"
    mirti help "$command" | sed -n "s/^  --\([a-z-]*\).*/\1/p" >>options
done
sort -u options | while read -r option; do
    grep -qE "^\.It (.*, )?Fl Fl $option( |$)|Fl Fl $option( |$)" "$page" || echo "the man page lacks the option --$option"
done
