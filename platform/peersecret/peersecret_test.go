package peersecret_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/peersecret"
	"github.com/streamflow/streamflow/platform/telemetry"
)

const (
	first  = "0123456789abcdef0123456789abcdef"
	second = "fedcba9876543210fedcba9876543210"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		want    []string
		refused string
	}{
		"one":              {first, []string{first}, ""},
		"a line":           {first + "\n", []string{first}, ""},
		"two lines":        {first + "\r\n" + second + "\r\n", []string{first, second}, ""},
		"a comma":          {first + "," + second, []string{first, second}, ""},
		"none":             {"", nil, "found 0"},
		"blanks":           {" \n\t", nil, "found 0"},
		"three":            {first + " " + second + " " + first, nil, "found 3"},
		"too short":        {first[1:], nil, "at least 32 characters, found 31"},
		"the second short": {first + "\nchangeme", nil, "secret 2: expected at least 32 characters, found 8"},
		"not ASCII":        {strings.Repeat("é", 32), nil, "expected letters, digits and signs of ASCII"},
		"one character":    {strings.Repeat("a", 64), nil, "secret 1: expected one that chance has made"},
		"two characters":   {strings.Repeat("5e", 32), nil, "secret 1: expected one that chance has made"},
		"a word repeated":  {strings.Repeat("changeme", 4), nil, "secret 1: expected one that chance has made"},
		"and cut":          {strings.Repeat("let-me-in!", 4)[:38], nil, "secret 1: expected one that chance has made"},
		"few of them":      {"00110101101001110010100111010011", nil, "secret 1: expected one that chance has made"},
		"decimal digits":   {"31415926535897932384626433832795", []string{"31415926535897932384626433832795"}, ""},
		"a control sign":   {first + "\x00", nil, "expected letters, digits and signs of ASCII"},
	} {
		got, err := peersecret.Parse(c.text)
		require.Equal(t, c.want, got, name)
		if c.refused != "" {
			require.ErrorContains(t, err, c.refused, name)
			require.NotContains(t, err.Error(), first[:8], "%s: no secret is told", name)
			continue
		}
		require.NoError(t, err, name)
	}
}

func TestANewSecretIsTakenAndNoTwoAreAlike(t *testing.T) {
	t.Parallel()
	a, b := peersecret.New(), peersecret.New()
	require.NotEqual(t, a, b)
	_, err := peersecret.Parse(a)
	require.NoError(t, err)
}

func TestOnlyTheSecretIsAccepted(t *testing.T) {
	t.Parallel()
	s, err := peersecret.Of(first + "\n" + second)
	require.NoError(t, err)
	require.Equal(t, first, s.Sent(), "the first one is sent")
	require.True(t, s.Accepts(first))
	require.True(t, s.Accepts(second), "and both are taken, while one takes the place of the other")
	for _, wrong := range []string{"", first[:31], first + "0", strings.ToUpper(first), first + "\n" + second, second + " "} {
		require.False(t, s.Accepts(wrong), wrong)
	}
}

// lines is a log that is written from several goroutines.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

func TestASecretIsChangedWithoutAStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "peer")
	put(t, path, first)
	var log lines
	s, err := peersecret.Open(path, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	require.False(t, s.Accepts(second))

	put(t, path, second+"\n"+first+"\n")
	require.Eventually(t, func() bool { return s.Accepts(second) }, time.Minute, 10*time.Millisecond)
	require.True(t, s.Accepts(first), "those who have not heard yet are let in")
	require.Equal(t, second, s.Sent())

	put(t, path, "changeme")
	require.Eventually(t, func() bool { s.Sent(); return strings.Contains(log.String(), "cannot be taken") }, time.Minute, 10*time.Millisecond)
	require.Equal(t, second, s.Sent(), "what cannot be taken changes nothing")
	require.False(t, s.Accepts("changeme"))

	put(t, path, second)
	require.Eventually(t, func() bool { return !s.Accepts(first) }, time.Minute, 10*time.Millisecond)
	require.NotContains(t, log.String(), first)
	require.NotContains(t, log.String(), second, "the log holds no secret")
}

func TestAFileThatCannotBeTakenIsNoSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	short := filepath.Join(dir, "short")
	put(t, short, "changeme")
	for path, want := range map[string]string{filepath.Join(dir, "none"): "no such file", short: "found 8"} {
		_, err := peersecret.Open(path, telemetry.Discard())
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
}
