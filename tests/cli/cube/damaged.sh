printf 'MIRTICUB and then nothing of the kind, and not even a checksum worth the name, whatever it be' >bad.cube
mirti cube --info bad.cube
