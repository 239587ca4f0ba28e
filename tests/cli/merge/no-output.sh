mirti merge a.cube b.cube
