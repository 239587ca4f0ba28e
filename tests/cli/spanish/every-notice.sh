# Whatever a reader of tables may notice has Spanish words: those ids that the sources know.
ids() { grep -ohE 'MIRTI_LOG_[A-Z]+, "[a-z-]+"|report\(context, join, "[a-z-]+"' "$SOURCE"/engine/table/*.c; }
ids | grep -oE '"[a-z-]+"' | sort -u >noticed
test "$(wc -l <noticed)" -ge 15
sed -n '/^} spanish\[\]/,/^};/p' "$SOURCE/engine/pipeline/reading.c" | grep -oE '^    \{"[a-z-]+"' | grep -oE '"[a-z-]+"' | sort -u >told
comm -23 noticed told
# And those of the expressions.
sed -n '/^int mirti_run_notices/,/^}/p' "$SOURCE/engine/pipeline/reading.c" | grep -oE '\{"[a-z-]+"' | grep -oE '"[a-z-]+"' | sort -u >recoded
test "$(wc -l <recoded)" -ge 8
comm -23 recoded told
