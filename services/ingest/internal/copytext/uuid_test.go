package copytext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
)

func TestUUID(t *testing.T) {
	t.Parallel()
	const want = "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93"
	for _, in := range []string{
		want, "3F2B8C1E-0D4A-4E6F-9B7A-5C8D2E1F0A93", "3f2b8c1e0d4a4e6f9b7a5c8d2e1f0a93",
		"{3F2B8C1E-0D4A-4E6F-9B7A-5C8D2E1F0A93}", "{3f2b8c1e0d4a4e6f9b7a5c8d2e1f0a93}",
	} {
		got, fault := copytext.Of(uuid, nil).Append(nil, []byte(in), false)
		require.Equal(t, copytext.OK, fault, in)
		require.Equal(t, want, string(got), "one UUID has one text")
	}
}

func TestWhatIsNoUUID(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"x", "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a9", "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a930", "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a9g",
		"3f2b8c1e0-d4a-4e6f-9b7a-5c8d2e1f0a93", "3f2b-8c1e-0d4a-4e6f-9b7a-5c8d-2e1f-0a93", "{3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93",
		"urn:uuid:3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93", "{}",
		"3f2b8c1e\xc3\xa90d4a-4e6f-9b7a-5c8d2e1f0a93",
	} {
		_, fault := copytext.Of(uuid, nil).Append(nil, []byte(in), false)
		require.Equal(t, copytext.NotUUID, fault, in)
	}
}
