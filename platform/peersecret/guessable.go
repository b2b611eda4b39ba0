package peersecret

// What chance makes has more different characters than fewest, and repeats itself after no
// fewer than shortestPeriod: less is changeme written four times over.
const (
	fewest         = 8
	shortestPeriod = 16
)

// guessable says whether a secret is one that nobody's dice have made.
func guessable(secret string) bool {
	different := map[byte]bool{}
	for i := range len(secret) {
		different[secret[i]] = true
	}
	return len(different) < fewest || period(secret) < shortestPeriod
}

// period is after how many characters a text begins anew, up to its end; its length where it
// never does.
func period(text string) int {
	for n := 1; n < len(text); n++ {
		if text[n:] == text[:len(text)-n] {
			return n
		}
	}
	return len(text)
}
