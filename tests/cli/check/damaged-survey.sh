# What happens to a survey with one thing wrong in it (docs/tables.md, "What happens when").
"$SOURCE/tests/lib/small-project"
damage() { "$SOURCE/tests/lib/damage" towns.yaml survey.csv "$@"; }
damage 'nothing wrong' cat
damage 'row with too few fields' sed '5s/,b*[^,]*$//'
damage 'row with too many fields' sed '5s/$/,9/'
damage 'surplus fields that are blank' sed '5s/$/,,/'
damage 'quote that is never closed' sed '5s/^/"/'
damage 'NUL byte' sed '5s/a/\x00/'
damage 'bytes that are no UTF-8, of an encoding that nobody declared' sed 's/a,\([1-9]\)$/\xe1,\1/'
damage 'number out of range' sed '5s/^\(...,[^,]*,[^,]*\),[^,]*/\1,1e999/'
damage 'text where a number is' sed '5s/^\(...,[^,]*,[^,]*\),[^,]*/\1,ocho/'
damage 'code outside its map' sed '5s/^\(...,[^,]*,[^,]*,[^,]*\),[^,]*/\1,7/'
damage 'weight of zero' sed '5s/,1[0-9],a/,0,a/'
damage 'negative weight' sed '5s/,1[0-9],a/,-3,a/'
damage 'missing weight' sed '5s/,1[0-9],a/,,a/'
damage 'weight that is no number' sed '5s/,1[0-9],a/,much,a/'
damage 'missing PSU' sed '5s/,[0-9]*$/,/'
damage 'PSU in two strata' sed '5s/,a,/,b,/'
damage 'PSU in two strata, behind a blank line' sed '5s/,a,/,b,/; 3s/$/\n/'
damage 'missing outcome' sed '5s/,[01],\(1[0-9]\),a/,,\1,a/'
# Persons and households are looked at as soon as the source names its ids.
sed -i 's/^    area: town$/&\n    household: {key: hh, person: person}/' model.yaml
damage 'ids given, nothing wrong' cat
damage 'person there twice' sed '5p'
damage 'household cut in two' sed '2{h;d};11{G}'
damage 'person without a household' sed '5s/^\(...\),[^,]*/\1,/'
# What the project declares is believed, and what contradicts it is an error.
sed -i 's/survey.csv, /survey.csv, encoding: UTF-8, /' towns.yaml
damage 'bytes that are no UTF-8, which was declared' sed '5s/a/\xe1/'
