# A column that is not there: the file says which ones are.
printf 'x,y\n1,2\n' >a.csv
printf 'code,name\n01001,A\n' >b.csv
mirti doctor a.csv b.csv --left code=clave
