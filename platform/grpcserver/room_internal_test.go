package grpcserver

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// connected are two ends of a connection, of which the first holds room.
func connected(t *testing.T, r *room) (*tenant, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { _, _ = here.Close(), there.Close() })
	held := &tenant{Conn: here, room: r}
	require.True(t, r.enter(held))
	return held, there
}

func TestWhereThereIsNoRoomTheLargestGoes(t *testing.T) {
	t.Parallel()
	r := &room{most: 100}
	large, _ := connected(t, r)
	small, there := connected(t, r)
	large.begin()
	small.begin()
	require.True(t, large.hold(90))
	go func() { _, _ = there.Write(make([]byte, 20)) }()

	n, err := small.Read(make([]byte, 50))

	require.NoError(t, err)
	require.Equal(t, 20, n, "who holds little is served on")
	require.False(t, large.hold(1), "it has gone")
	_, err = large.Write([]byte("x"))
	require.Error(t, err)
	require.EqualValues(t, 20, r.held)
	large.end(90)
	require.EqualValues(t, 20, r.held, "nothing is given back twice")
	small.end(5)
	require.Zero(t, r.held, "the last call gives back what belonged to none as well")
}

func TestWhoNeedsMoreThanThereIsGoes(t *testing.T) {
	t.Parallel()
	r := &room{most: 100}
	one, there := connected(t, r)
	go func() { _, _ = there.Write(make([]byte, 101)) }()

	_, err := one.Read(make([]byte, 200))

	require.ErrorIs(t, err, errCrowded)
	require.Zero(t, r.held)
	require.Empty(t, r.tenants)
}

func TestACallGivesBackWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	r := &room{most: 100}
	one, _ := connected(t, r)
	one.begin()
	one.begin()
	require.True(t, one.hold(60))

	one.end(20)
	require.EqualValues(t, 40, r.held)
	require.NoError(t, one.Close())

	require.Zero(t, r.held, "with its connection, everything goes")
	one.end(40)
	require.Zero(t, r.held)
	require.False(t, one.hold(1))
}

func TestAServerHoldsSoManyConnections(t *testing.T) {
	t.Parallel()
	r := &room{most: 100}
	first := &tenant{room: r, Conn: &net.TCPConn{}}
	require.True(t, r.enter(first))
	for range mostConnections - 1 {
		require.True(t, r.enter(&tenant{room: r}))
	}
	require.False(t, r.enter(&tenant{room: r}))

	_ = first.Close()

	require.True(t, r.enter(&tenant{room: r}), "one has gone")
}
