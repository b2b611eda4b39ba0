package stage

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesAreWrittenAsTheyAre(t *testing.T) {
	t.Parallel()
	var l lineNumber
	for n := int64(1); n <= 11_000; n++ {
		require.Equal(t, strconv.FormatInt(n, 10), string(l.append(nil, n)))
	}
}

func TestLinesThatSkipAreWrittenAsTheyAre(t *testing.T) {
	t.Parallel()
	var l lineNumber
	random := rand.New(rand.NewPCG(1, 2))
	n := int64(0)
	for range 5_000 {
		n += 1 + random.Int64N(3)*random.Int64N(60) // quoted fields of many lines, rejected rows
		require.Equal(t, "x"+strconv.FormatInt(n, 10), string(l.append([]byte("x"), n)))
	}
	require.Equal(t, "1", string(l.append(nil, 1)), "and from the beginning")
	require.Equal(t, "2", string(l.append(nil, 2)))
}
