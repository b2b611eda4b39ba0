package lift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/snapshot/internal/lift"
)

const rows = 2000

// column makes a column of numbers, or of names, row by row; NaN stands for missing.
func column(numeric bool, of func(i int) float64) lift.Column {
	c := lift.Column{Numeric: numeric}
	for i := range rows {
		v := of(i)
		c.Values, c.Missing = append(c.Values, v), append(c.Missing, math.IsNaN(v))
	}
	return c
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// drawn are random numbers that every run draws alike.
func drawn(seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float64, rows)
	for i := range out {
		out[i] = r.Float64()
	}
	return out
}

func TestLiftOnALabelOfTwoValues(t *testing.T) {
	t.Parallel()
	noise, chance := drawn(1), drawn(2)
	label := column(true, func(i int) float64 { return truth(chance[i] < 0.3) })
	for name, test := range map[string]struct {
		feature  lift.Column
		from, to float64
	}{
		"the label":                  {label, 0.5, 0.5},
		"its opposite":               {column(true, func(i int) float64 { return 7 - label.Values[i] }), 0.5, 0.5},
		"what it was drawn by":       {column(true, func(i int) float64 { return chance[i] }), 0.5, 0.5},
		"noise":                      {column(true, func(i int) float64 { return noise[i] }), 0, 0.05},
		"nothing but one value":      {column(true, func(int) float64 { return 3 }), 0, 0},
		"half of it":                 {column(true, func(i int) float64 { return chance[i] + noise[i] }), 0.2, 0.4},
		"missing where it is true":   {column(true, func(i int) float64 { return noise[i] / truth(label.Values[i] == 0) * truth(label.Values[i] == 0) }), 0.49, 0.5},
		"nothing but missing":        {column(true, func(int) float64 { return math.NaN() }), 0, 0},
		"names that tell it":         {column(false, func(i int) float64 { return 5 + label.Values[i]*float64(i%3+1) }), 0.49, 0.5},
		"names of which each is one": {column(false, func(i int) float64 { return float64(i) }), 0, 0.02},
		"names that say nothing":     {column(false, func(i int) float64 { return math.Floor(noise[i] * 5) }), 0, 0.08},
	} {
		got := lift.Of(test.feature, label)
		require.GreaterOrEqual(t, got, test.from-1e-9, name)
		require.LessOrEqual(t, got, test.to+1e-9, name)
	}
}

// The area is that of the definition: of all pairs of a row with and one without the
// label, the share in which the score tells them apart, ties counting half.
func TestAreaIsThatOfAllPairs(t *testing.T) {
	t.Parallel()
	noise, chance := drawn(3), drawn(4)
	label := column(true, func(i int) float64 { return truth(chance[i] < 0.4) })
	feature := column(true, func(i int) float64 { return math.Round(4*noise[i] + label.Values[i]) })
	won, pairs := 0.0, 0.0
	for i := range rows {
		for j := range rows {
			if label.Values[i] == 1 && label.Values[j] == 0 {
				pairs++
				won += truth(feature.Values[i] > feature.Values[j]) + truth(feature.Values[i] == feature.Values[j])/2
			}
		}
	}

	require.InDelta(t, math.Abs(won/pairs-0.5), lift.Of(feature, label), 1e-9)
}

func TestLiftOnOtherLabels(t *testing.T) {
	t.Parallel()
	noise, chance := drawn(5), drawn(6)
	amount := column(true, func(i int) float64 { return 100 * chance[i] })
	kind := column(false, func(i int) float64 { return math.Floor(3 * chance[i]) })
	for name, test := range map[string]struct {
		feature, label lift.Column
		from, to       float64
	}{
		"twice the label":                {column(true, func(i int) float64 { return 200 * chance[i] }), amount, 1, 1},
		"noise":                          {column(true, func(i int) float64 { return noise[i] }), amount, 0, 0.01},
		"half of it":                     {column(true, func(i int) float64 { return chance[i] + noise[i] }), amount, 0.4, 0.6},
		"names in order":                 {column(false, func(i int) float64 { return math.Floor(20 * chance[i]) }), amount, 0.95, 1},
		"names of which each is one":     {column(false, func(i int) float64 { return float64(i) }), amount, 0, 0.01},
		"a name for each kind":           {column(false, func(i int) float64 { return 9 - kind.Values[i] }), kind, 0.95, 1},
		"noise on kinds":                 {column(true, func(i int) float64 { return noise[i] }), kind, 0, 0.01},
		"infinite where nothing is":      {column(true, func(i int) float64 { return 1 / truth(chance[i] > 0.5) }), kind, 0.2, 1},
		"one value":                      {column(true, func(int) float64 { return 1 }), amount, 0, 0},
		"on a label that never changes":  {amount, column(true, func(int) float64 { return 1 }), 0, 0},
		"on a label where all is no one": {amount, lift.Column{Numeric: true}, 0, 0},
	} {
		got := lift.Of(test.feature, test.label)
		require.GreaterOrEqual(t, got, test.from-1e-9, name)
		require.LessOrEqual(t, got, test.to+1e-9, name)
	}
}

func TestOneToOne(t *testing.T) {
	t.Parallel()
	chance := drawn(7)
	label := column(true, func(i int) float64 { return truth(chance[i] < 0.3) })
	amount := column(true, func(i int) float64 { return chance[i] })
	for name, test := range map[string]struct {
		feature, label lift.Column
		want           bool
	}{
		"the label":                     {label, label, true},
		"its opposite":                  {column(true, func(i int) float64 { return 1 - label.Values[i] }), label, true},
		"a name of each value":          {column(false, func(i int) float64 { return 40 + label.Values[i] }), label, true},
		"missing for one of them":       {column(true, func(i int) float64 { return label.Values[i] / label.Values[i] }), label, true},
		"almost":                        {column(true, func(i int) float64 { return label.Values[i] * truth(i > 100) }), label, false},
		"two names of one value":        {column(false, func(i int) float64 { return label.Values[i] * float64(1+i%2) }), label, false},
		"an equal amount":               {amount, amount, true},
		"each value another one":        {column(true, func(i int) float64 { return float64(i) }), amount, false},
		"nothing but one value of each": {column(true, func(int) float64 { return 1 }), column(true, func(int) float64 { return 2 }), false},
	} {
		require.Equal(t, test.want, lift.OneToOne(test.feature, test.label), name)
	}
}

func TestFewRowsAreNotJudged(t *testing.T) {
	t.Parallel()
	of := func(values ...float64) lift.Column {
		return lift.Column{Values: values, Missing: make([]bool, len(values))}
	}
	many := make([]float64, 40)
	rare := append(make([]float64, 40), 1, 1)
	even := append(make([]float64, 40), 1, 1, 1, 1, 1)

	require.False(t, lift.Judged(of()))
	require.False(t, lift.Judged(of(0, 1, 0, 1)))
	require.False(t, lift.Judged(of(many...)), "one value")
	require.False(t, lift.Judged(of(rare...)), "two rows of the other value")
	require.True(t, lift.Judged(of(even...)))
	require.True(t, lift.Judged(of(append(many, 1, 2, 3)...)))
	require.True(t, lift.Binary(of(even...)))
	require.False(t, lift.Binary(of(append(many, 1, 2)...)))
}
