package sample

// state is a user in one month: what is not theirs for good.
type state struct {
	watch     int64
	rebuffers int
	failed    int
	tickets   int
	churned   bool
}

// Watched hours are kept as multiples of 2^-47 hours, so that the numbers are
// exact, add up the same everywhere, and have 16 or 17 digits in decimals.
const (
	watchBits = 47
	hour      = int64(1) << watchBits
)

// drawWatch draws a user's usual hours: mean 29.6, deviation 6.75, as in the real
// usage, and at least 6.2.
func drawWatch(s *stream) int64 {
	mean, deviation := 29*hour+hour*6/10, 6*hour+hour*3/4
	return mean + deviation/bellDeviation*s.bell() + s.fraction()
}

// fraction draws less than an eighth of a thousandth of an hour, so that the
// digits do not end with the 16 bits of bell.
func (s *stream) fraction() int64 {
	return int64(s.next() >> (64 - watchBits + 13))
}

// churn is the chance of a user to churn in a month, out of 10,000, by contract;
// 26 % over all. As it is drawn anew each month, about a third of labels flip.
var churn = []int{4200, 1100, 300}

// in draws the state of a user in a month. In the first month the counters are
// the user's own; later a few have one more.
func (p *person) in(month int, s stream) state {
	now := state{rebuffers: p.rebuffers, failed: p.failed, tickets: p.tickets}
	now.churned = s.chance(churn[p.contract])
	// At most 3.2 hours off the usual ones, so never below 3.
	now.watch = p.watch + hour*93/100/bellDeviation*s.bell() + s.fraction()
	if month > 0 {
		now.rebuffers += s.pick(7400, 2200, 340)
		now.failed += s.pick(9710)
		now.tickets += s.pick(9600)
	}
	return now
}
