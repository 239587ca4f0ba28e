printf 'code,risk,level\n1,0.1,a\n2,high,a\n' >a.csv
mirti compare a.csv a.csv
