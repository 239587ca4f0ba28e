printf 'code,risk,level\n1,0.1,a\n2,0.2,b\n3,0.3,b\n' >a.csv
printf 'code,risk,level\n3,0.1,x\n2,0.2,x\n1,0.3,y\n' >b.csv
mirti compare a.csv b.csv --json
