package copytext

// separated says whether v, without its sign, is digits with commas and points between
// them, and no number for that: 1,000.50, 1.234,50, 1.000.000 or 3,5. Several that are
// neither groups of thousands nor decimals, such as 1.2.3, are something else.
func separated(v []byte) bool {
	marks, commas, run, grouped := 0, 0, 0, true
	var last byte
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9':
			run++
			continue
		case c != ',' && c != '.', run == 0:
			return false
		}
		// The digits before a mark are a group: up to three at first, three after.
		grouped = grouped && run <= 3 && (marks == 0 || run == 3)
		if c == ',' {
			commas++
		}
		marks, run, last = marks+1, 0, c
	}
	switch {
	case run == 0, marks == 0:
		return false
	case marks == 1:
		return commas == 1 // 3,5; a point alone is a number
	case !grouped:
		return false
	case commas == 0 || commas == marks:
		return run == 3 // 1.000.000
	}
	return last == ',' && commas == 1 || last == '.' && marks-commas == 1
}
