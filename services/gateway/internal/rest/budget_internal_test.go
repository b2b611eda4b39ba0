package rest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBodiesTogetherTakeNoMoreThanTheBudget(t *testing.T) {
	t.Parallel()
	var b budget
	body := bytes.Repeat([]byte("x"), maxBody)
	var gives []func()
	for range inFlight / maxBody {
		r, give := b.hold(bytes.NewReader(body))
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Len(t, got, maxBody)
		gives = append(gives, give)
	}
	r, give := b.hold(strings.NewReader("one more"))
	_, err := io.ReadAll(r)
	require.ErrorIs(t, err, errCrowded)
	give()

	gives[0]()
	r, give = b.hold(strings.NewReader("one more"))
	_, err = io.ReadAll(r)
	require.NoError(t, err, "once one has ended, there is room")
	give()
	for _, give := range gives[1:] {
		give()
	}
	require.Zero(t, b.held.Load(), "all is given back")
}

func TestABodyThatHasNotComeTakesNoRoom(t *testing.T) {
	t.Parallel()
	var b budget
	rest := strings.Repeat(" ", maxBody) // of all of them: of their own they would take 80 GB
	for range 10_000 {                   // each has announced the largest body, and sent a byte of it
		r, give := b.hold(io.MultiReader(strings.NewReader("{"), strings.NewReader(rest)))
		_, err := r.Read(make([]byte, 1))
		require.NoError(t, err)
		defer give()
	}
	require.EqualValues(t, 10_000, b.held.Load())
}

// Many that come evenly are not all refused for what those hold who are refused as well.
func TestOfManyThatComeEvenlySomeHaveTheirTurn(t *testing.T) {
	t.Parallel()
	var b budget
	const many, piece = 40, 1 << 20
	bodies := make([]io.Reader, many)
	refused := map[int]bool{}
	for i := range bodies {
		r, give := b.hold(bytes.NewReader(make([]byte, maxBody)))
		bodies[i] = r
		defer give()
	}
	for range maxBody / piece { // a piece of each in turn
		for i, body := range bodies {
			if refused[i] {
				continue
			}
			_, err := body.Read(make([]byte, piece))
			refused[i] = err != nil
			require.LessOrEqual(t, b.held.Load(), int64(inFlight))
		}
	}
	turns := 0
	for _, no := range refused {
		if !no {
			turns++
		}
	}
	require.Equal(t, inFlight/maxBody, turns, "as many as there is room for")
}
