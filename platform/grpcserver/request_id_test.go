package grpcserver_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/grpcserver"
)

func TestARequestIDIsShortAndPlain(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"req-7/a.b:c": true, "req_01m8bzm8wmh6q57z21a03v0knc": true, strings.Repeat("a", 128): true,
		"": false, strings.Repeat("a", 129): false, strings.Repeat("a", 100_000): false, "a\nlevel=ERROR": false, "a b": false, "\u202eevil": false, "\x1b[31m": false,
	} {
		require.Equal(t, want, grpcserver.PlainID(id), "%.20q", id)
	}
}
