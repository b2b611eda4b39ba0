package signin

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// answering is the token endpoint of an issuer: one answer after the other, the last one for
// good, and when each was asked for.
type answering struct {
	answers []string
	at      []time.Duration
	begun   time.Time
}

// RoundTrip answers a question.
func (a *answering) RoundTrip(req *http.Request) (*http.Response, error) {
	a.at = append(a.at, time.Since(a.begun))
	text, status := a.answers[0], http.StatusOK
	if len(a.answers) > 1 {
		a.answers = a.answers[1:]
	}
	if strings.Contains(text, `"error"`) {
		status = http.StatusBadRequest
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), Request: req,
	}, nil
}

const (
	pending, slowDown = `{"error": "authorization_pending"}`, `{"error": "slow_down"}`
	yes               = `{"access_token": "a", "token_type": "Bearer", "id_token": "x"}`
)

// waits waits for what an issuer answers, with a code that lasts for 61 seconds, and returns
// what came of it and when each question was asked. Time passes as fast as it can.
func waits(t *testing.T, limit time.Duration, answers ...string) (at []time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &answering{answers: answers, begun: time.Now()}
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: a}), limit)
		defer cancel()
		asks := &oauth2.Config{ClientID: "sfctl", Endpoint: oauth2.Endpoint{TokenURL: "https://login.example/token", AuthStyle: oauth2.AuthStyleInParams}}
		_, err = wait(ctx, asks, &oauth2.DeviceAuthResponse{DeviceCode: "d", Interval: 2, Expiry: time.Now().Add(61 * time.Second)})
		at = a.at
	})
	return at, err
}

// An issuer that is asked too often says so, and is asked five seconds later from then on
// (RFC 8628, section 3.5).
func TestAnIssuerIsAskedAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	at, err := waits(t, time.Hour, pending, slowDown, pending, slowDown, yes)
	require.NoError(t, err)
	require.Equal(t, []time.Duration{2 * time.Second, 4 * time.Second, 11 * time.Second, 18 * time.Second, 30 * time.Second}, at)
}

func TestACodeEnds(t *testing.T) {
	t.Parallel()
	at, err := waits(t, time.Hour, pending)
	require.EqualError(t, err, "not signed in: the code has ended, and nobody said yes")
	require.NotEmpty(t, at)
	require.Equal(t, time.Minute, at[len(at)-1], "nothing is asked with it any more")

	_, err = waits(t, 10*time.Second, pending)
	require.ErrorIs(t, err, context.DeadlineExceeded, "who waits gave up, and the code had not ended")
	require.ErrorContains(t, err, "not signed in")
}
