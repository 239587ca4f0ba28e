# The same for programs.
printf 'code,name\n01001,A\n01009,Tepezala\n' >a.csv
printf 'code,name\n01001,A\n01010,Tepezalá Nuevo\n' >b.csv
mirti doctor a.csv b.csv --json
