# The three ways to ask say the same.
mirti help >word
mirti --help >option
mirti -h >letter
cmp word option
cmp word letter
