package result

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/expectation"
)

// fewestDecimals is how many decimals of a percentage are looked at; a rule that is
// declared with more gets as many.
const fewestDecimals = 2

// share is how much of a column must meet the rule, as a percentage with all the digits
// that it was declared with, and whether that is less than all of it.
func share(a expectation.Args) (string, bool) {
	if a.Mostly >= 1 || a.Column == "" {
		return "", false
	}
	// The shortest decimal of a double is what a person wrote; times 100 it moves its
	// point, which a product of doubles does not always do.
	exact, _ := new(big.Rat).SetString(strconv.FormatFloat(a.Mostly, 'f', -1, 64))
	exact.Mul(exact, big.NewRat(100, 1))
	places, _ := exact.FloatPrec()
	return exact.FloatString(places), true
}

// decimals counts those of a percentage.
func decimals(percentage string) int {
	_, after, _ := strings.Cut(percentage, ".")
	return max(len(after), fewestDecimals)
}

// under is part of whole as a percentage, cut and not rounded: a share that is less than
// another one of so many decimals is then written as less.
func under(part, whole int64, decimals int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	cut := new(big.Int).Mul(big.NewInt(part), big.NewInt(100))
	cut.Mul(cut, scale).Quo(cut, big.NewInt(max(whole, 1)))
	text := new(big.Rat).SetFrac(cut, scale).FloatString(decimals)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
