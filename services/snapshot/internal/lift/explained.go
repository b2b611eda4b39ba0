package lift

import "math"

// explained is R²: how much of the label's variance the feature alone explains, by a line
// where it is a number, by the label's mean in the other half of the rows where it is a
// name. That a number is missing may say as much.
func explained(feature Column, label []float64) float64 {
	if !feature.Numeric {
		return (crossExplained(feature, label, 0) + crossExplained(feature, label, 1)) / 2
	}
	var x, y, gone []float64
	for i, missing := range feature.Missing {
		if v := feature.Values[i]; !missing && !math.IsNaN(v) && !math.IsInf(v, 0) {
			x, y = append(x, v), append(y, label[i])
			gone = append(gone, 0)
		} else {
			gone = append(gone, 1)
		}
	}
	return math.Max(correlation(x, y), correlation(gone, label))
}

// correlation is the square of Pearson's, 0 where one of the two does not vary.
func correlation(x, y []float64) float64 {
	mx, my := mean(x), mean(y)
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if r := xy * xy / (xx * yy); r > 0 && !math.IsInf(r, 0) {
		return math.Min(r, 1)
	}
	return 0 // NaN too
}

// crossExplained is the R² of one half of the rows, by means of the other.
func crossExplained(feature Column, label []float64, half int) float64 {
	scores, held := crossScores(feature, label, half)
	m := mean(held)
	var left, all float64
	for i, y := range held {
		left += (y - scores[i]) * (y - scores[i])
		all += (y - m) * (y - m)
	}
	if all == 0 {
		return 0
	}
	return math.Max(0, 1-left/all)
}

// crossScores gives the rows of one half the label's mean over the rows of the other one
// that have the same name, drawn towards the mean of all by one row's weight.
func crossScores(feature Column, label []float64, half int) (scores, held []float64) {
	type sum struct{ total, rows float64 }
	sums := map[cell]sum{}
	var all sum
	for i := 1 - half; i < len(label); i += 2 {
		s := sums[feature.cell(i)]
		sums[feature.cell(i)] = sum{s.total + label[i], s.rows + 1}
		all.total, all.rows = all.total+label[i], all.rows+1
	}
	prior := all.total / math.Max(all.rows, 1)
	for i := half; i < len(label); i += 2 {
		s := sums[feature.cell(i)]
		scores = append(scores, (s.total+prior)/(s.rows+1))
		held = append(held, label[i])
	}
	return scores, held
}

func mean(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total / math.Max(float64(len(values)), 1)
}
