package events

import (
	"net/http"
	"strconv"

	"github.com/streamflow/streamflow/platform/problem"
)

const (
	lastEventID = "Last-Event-ID"
	fromParam   = "from"
)

// first is the number of the first event to send. Last-Event-ID goes before ?from=:
// an EventSource that connects again keeps the address that it began with.
func first(r *http.Request) (int64, error) {
	query := r.URL.Query()
	for name := range query {
		if name != fromParam {
			return 0, problem.New(problem.InvalidRequest, "the events of a run have no parameter %s; they have %s", name, fromParam).
				Violate(name, "not a parameter of the query; want %s", fromParam)
		}
	}
	if id := r.Header.Get(lastEventID); id != "" {
		n, err := number(lastEventID, id)
		return n + 1, err
	}
	if from := query.Get(fromParam); from != "" {
		return number(fromParam, from)
	}
	return 0, nil
}

func number(name, value string) (int64, error) {
	// 62 bits, so that the number after it is one as well.
	n, err := strconv.ParseUint(value, 10, 62)
	if err != nil {
		return 0, invalid(name, value)
	}
	return int64(n), nil
}
