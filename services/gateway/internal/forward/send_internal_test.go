package forward

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/problem"
)

// unread is a stream whose client takes nothing until it is told to.
type unread struct {
	grpc.ServerStream
	take chan error
}

func (u unread) SendMsg(any) error { return <-u.take }

func TestAClientThatReadsNothingIsCutOff(t *testing.T) {
	t.Parallel()
	u := unread{take: make(chan error)}
	err := sendWithin(time.Millisecond, u, nil)
	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	require.ErrorContains(t, err, "has not read what was sent to it for 1ms")
	u.take <- nil // the end of the stream ends what was being sent
}

func TestWhatIsReadIsSent(t *testing.T) {
	t.Parallel()
	gone := errors.New("the client went away")
	for _, want := range []error{nil, gone} {
		u := unread{take: make(chan error, 1)}
		u.take <- want
		require.Equal(t, want, sendWithin(time.Hour, u, nil))
	}
}
