# What happens to published results with one thing wrong in them (docs/tables.md, "What happens when").
"$SOURCE/tests/lib/small-project"
damage() { "$SOURCE/tests/lib/damage" towns.yaml towns.csv "$@"; }
damage 'nothing wrong' cat
damage 'row with too few fields' sed '3s/,[^,]*$//'
damage 'quote that is never closed' sed '3s/^/"/'
damage 'NUL byte' sed '3s/S/\x00/'
damage 'suppressed' sed '3s/50,40,45/*,*,*/'
damage 'blank figure' sed '3s/50/ /'
damage 'text where a number is' sed '3s/50/fifty/'
damage 'number out of range' sed '3s/50/1e999/'
damage 'negative number of children' sed '3s/50/-50/'
damage 'share beyond one' sed '3s/45$/95/'
damage 'area there twice' sed '3p'
damage 'area without a code' sed '3s/^002//'
damage 'leading zeros lost' sed 's/^00//'
damage 'code of another width' sed '3s/^002/0002/'
