package issuer

import (
	"math"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
)

// lastSecond is the end of the year 9999: what is later is no time that anybody meant.
const lastSecond = 253402300799

// inTime says when a token ends that is good now. Errors: UNAUTHENTICATED where it has
// ended, is not good yet, or does not say when it ends.
func inTime(claims map[string]any, now time.Time) (ends time.Time, err error) {
	ends, there, err := moment(claims, "exp")
	switch {
	case err != nil:
		return ends, err
	case !there:
		return ends, problem.New(problem.Unauthenticated, "the token does not say when it ends (exp)")
	case !now.Before(ends.Add(leeway)):
		return ends, problem.New(problem.Unauthenticated, "the token ended at %s", text(ends)).
			Advise("Get a new one from its issuer.")
	}
	for claim, said := range map[string]string{"nbf": "is good from %s on: it is not yet, by the gateway's clock", "iat": "was made at %s, which is still to come by the gateway's clock"} {
		at, there, err := moment(claims, claim)
		if err != nil {
			return ends, err
		}
		if there && now.Add(leeway).Before(at) {
			return ends, problem.New(problem.Unauthenticated, "the token "+said, text(at))
		}
	}
	return ends, nil
}

// moment reads a claim that is a time, in seconds since 1970; there is false without one.
func moment(claims map[string]any, name string) (at time.Time, there bool, err error) {
	value, there := claims[name]
	if !there {
		return at, false, nil
	}
	seconds, ok := value.(float64)
	if !ok || !(seconds >= 0 && seconds <= lastSecond) {
		return at, true, problem.New(problem.Unauthenticated, "the token's %s is no time: expected seconds since 1970", name)
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*float64(time.Second))), true, nil
}

func text(t time.Time) string { return t.UTC().Format(time.RFC3339) }
