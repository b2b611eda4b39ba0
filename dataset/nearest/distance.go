package nearest

// distance is the optimal string alignment distance: insertions, deletions,
// replacements, and swaps of neighbours, each counting one. Over most it is most + 1,
// found sooner. a is not longer than the longest name.
func distance(a, b string, most int) int {
	if len(b) > longest {
		return most + 1
	}
	var rows [3][longest + 1]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, previous, current := &rows[(i+1)%3], &rows[(i-1)%3], &rows[i%3]
		current[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
			least = min(least, current[j])
		}
		if least > most+1 { // a swap looks back over one row, and may save one difference
			return most + 1
		}
	}
	return min(rows[len(a)%3][len(b)], most+1)
}
