printf 'code,risk,level\n1,0.1,a\n' >a.csv
printf 'code,risk,level\n2,0.1,a\n' >b.csv
mirti compare a.csv b.csv
