printf 'code,risk,level\n1,0.1,a\n1,0.2,a\n' >a.csv
mirti compare a.csv a.csv
