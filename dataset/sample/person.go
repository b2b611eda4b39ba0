package sample

import "time"

// person is a user as the months do not change them.
type person struct {
	id         [10]byte
	signup     time.Time
	female     bool
	senior     bool
	family     bool
	dependents bool

	monthsActive int
	tv, movies   bool
	contract     int // index of contracts
	paperless    bool
	fee, paid    int64 // cents
	net          int   // index of connections

	watch      int64 // units of watchUnit hours
	devices    int
	skips      int
	rebuffers  int
	failed     int
	tickets    int
	resolution int64 // tenths of an hour
}

var (
	contracts   = []string{"Month-to-month", "One year", "Two year"}
	connections = []string{"No", "DSL", "Fiber optic"}
)

// Index of connections at which there is nothing to stream over.
const noConnection = 0

// tenure is the months active at each twentieth of the real users, in order.
var tenure = []int{1, 1, 2, 3, 6, 9, 12, 15, 20, 24, 29, 34, 40, 45, 50, 55, 60, 65, 69, 72, 72}

// newPerson draws the user of an index. The shares are those of the real users.
func (c *cast) newPerson(index uint64) person {
	s := newStream(c.options.Seed, index, 0)
	p := person{id: c.names.of(index)}
	p.monthsActive = drawTenure(&s)
	p.signup = c.signup(index, &p, &s)
	p.female = s.chance(4952)
	p.senior = s.chance(1621)
	p.family = s.chance(4830)
	p.dependents = s.chance(2996)
	p.net = s.pick(2167, 3437)
	p.tv, p.movies = s.chance(4907), s.chance(4952)
	p.contract = drawContract(p.monthsActive, &s)
	p.paperless = s.chance(5922)
	p.fee = drawFee(p.net, &s)
	p.paid = drawPaid(p.fee, int64(p.monthsActive), &s)
	p.watch = drawWatch(&s)
	p.devices = 1 + s.below(3)
	p.skips = s.pick(80, 320, 797, 1346, 1765, 1748, 1491, 1130, 672, 324, 180, 90, 40, 12)
	p.rebuffers = s.pick(914, 2289, 2709, 2106, 1147, 596, 186, 37, 13)
	p.failed = s.pick(8471, 1451)
	p.tickets = s.pick(7388, 2228, 349, 34)
	p.resolution = min(max(100+s.bell()*39/bellDeviation, 10), 249)
	return p
}

func drawTenure(s *stream) int {
	if s.chance(16) {
		return 0
	}
	step := s.below(len(tenure) - 1)
	return tenure[step] + s.below(tenure[step+1]-tenure[step]+1)
}

// signup is as in the real users, one day earlier for each month active, at most
// 36 of them; who joins later did so within the four weeks before.
func (c *cast) signup(index uint64, p *person, s *stream) time.Time {
	if joined := c.joinedIn(index); joined > 0 {
		p.monthsActive = min(p.monthsActive, 1)
		return c.options.asOf(joined).AddDate(0, 0, -s.below(28))
	}
	const daysBeforeStart = 724 // from 2022-02-06 to 2024-01-31
	return c.options.Start.AddDate(0, 0, -daysBeforeStart-min(p.monthsActive, 36))
}

// drawContract gives long contracts to those who have stayed long.
func drawContract(months int, s *stream) int {
	switch {
	case months <= 12:
		return s.pick(8800, 900)
	case months <= 48:
		return s.pick(5500, 2800)
	default:
		return s.pick(2200, 2200)
	}
}

// drawFee draws a fee in cents, a multiple of 5, from the range of the connection.
func drawFee(net int, s *stream) int64 {
	lowest := []int{1825, 2345, 6775}[net]
	steps := []int{40, 1430, 1021}[net]
	fee := lowest + 5*s.below(steps)
	if net == noConnection && s.chance(2500) {
		fee += 500 // a second line
	}
	return int64(fee)
}

// drawPaid is about the fee times the months, up to 4 % off, as fees change.
func drawPaid(fee, months int64, s *stream) int64 {
	whole := fee * months
	if months <= 1 {
		return whole
	}
	return (whole + whole*s.bell()/(25*2*0xffff)) / 5 * 5
}
