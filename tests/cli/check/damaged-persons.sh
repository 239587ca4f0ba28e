# What happens to a census of persons with one thing wrong in it (docs/tables.md, "What happens when").
"$SOURCE/tests/lib/small-project"
damage() { "$SOURCE/tests/lib/damage" persons.yaml persons.csv "$@"; }
damage 'nothing wrong' cat
damage 'row with too few fields' sed '5s/,[^,]*$//'
damage 'row with too many fields' sed '5s/$/,9/'
damage 'quote that is never closed' sed '5s/^/"/'
damage 'NUL byte' sed '5s/2/\x00/'
damage 'number out of range' sed '3s/,8,/,1e999,/'
damage 'code outside its map' sed '3s/,8,1,/,8,7,/'
damage 'weight of zero' sed '3s/3$/0/'
damage 'negative weight' sed '3s/3$/-3/'
damage 'missing weight' sed '3s/3$//'
damage 'weight beyond all bounds' sed '3s/3$/1e12/'
damage 'missing area' sed '3s/^001//'
damage 'leading zeros lost' sed 's/^00//'
sed -i 's/^    area: town$/&\n    household: {key: hh, person: person}/' model.yaml
damage 'ids given, nothing wrong' cat
damage 'person there twice' sed '3p'
damage 'household cut in two' sed '2{h;d};7{G}'
damage 'person without a household' sed '3s/^001,1/001,/'
# Without a width the zeros are not put back: the codes are other codes.
sed -i '/code_widths/d' model.yaml
sed 's/^00//' persons.csv >lost.csv
sed 's/persons.csv/lost.csv/' persons.yaml >lost.yaml
mirti cube lost.yaml --output lost.cube --quiet
mirti cube --info lost.cube | head -3
