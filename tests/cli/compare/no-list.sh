printf 'code,name\n1,a\n' >a.csv
mirti compare a.csv a.csv
