package tlsfiles_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

func opened(t *testing.T, files tlsfiles.Files) *tlsfiles.Certificates {
	t.Helper()
	c, err := tlsfiles.Open(files, telemetry.Discard())
	require.NoError(t, err)
	return c
}

func TestWhatOthersWouldHaveAgainstACertificate(t *testing.T) {
	t.Parallel()
	ca, stranger := authority(t), authority(t)
	hour := time.Hour
	ended := ownca.Request{Names: []string{"ingest"}, From: time.Now().Add(-2 * hour), Until: time.Now().Add(-hour)}
	later := ownca.Request{Names: []string{"ingest"}, From: time.Now().Add(hour), Until: time.Now().Add(2 * hour)}
	many := ownca.Request{}
	for range 12 {
		many.Names = append(many.Names, "quality")
	}
	foreign := issue(t, stranger, t.TempDir(), ownca.Request{Names: []string{"ingest"}})
	foreign.CA = issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"ingest"}}).CA
	without := issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"quality"}})
	without.CA = ""
	for name, c := range map[string]struct {
		files tlsfiles.Files
		want  string
	}{
		"nothing":         {issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"ingest.example", "ingest"}}), ""},
		"other names":     {issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"quality", "::1"}}), "expected one that holds the name ingest, found quality, ::1"},
		"many names":      {issue(t, ca, t.TempDir(), many), "quality and others"},
		"another CA":      {foreign, "expected one of the CA in " + foreign.CA},
		"ended":           {issue(t, ca, t.TempDir(), ended), ""},
		"not yet":         {issue(t, ca, t.TempDir(), later), ""},
		"nobody is asked": {without, ""},
		"a CA alone":      {tlsfiles.Files{CA: foreign.CA}, ""},
	} {
		err := opened(t, c.files).Holds("ingest")
		if c.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestFilesThatCannotBeTakenAreToldForAsLongAsTheyAre(t *testing.T) {
	t.Parallel()
	ca, dir := authority(t), t.TempDir()
	files := issue(t, ca, dir, ownca.Request{Names: []string{"ingest"}})
	c := opened(t, files)
	require.NoError(t, c.Broken())
	require.NoError(t, os.Remove(files.Key))
	require.Eventually(t, func() bool { return c.Broken() != nil }, time.Minute, 10*time.Millisecond)
	require.ErrorContains(t, c.Broken(), "no such file", "and again, though nothing has changed since")
	issue(t, ca, dir, ownca.Request{Names: []string{"ingest"}})
	require.Eventually(t, func() bool { return c.Broken() == nil }, time.Minute, 10*time.Millisecond)
}
