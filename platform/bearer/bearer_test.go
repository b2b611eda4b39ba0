package bearer_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/bearer"
)

func TestASecretIsOneWordOfItsKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []bearer.Kind{bearer.Token, bearer.Login, bearer.Session} {
		secret := bearer.New(kind)
		require.Regexp(t, `^`+string(kind)+`[a-z2-7]{59}$`, secret)
		for _, other := range []bearer.Kind{bearer.Token, bearer.Login, bearer.Session} {
			require.Equal(t, other == kind, bearer.Is(other, secret), "%s as %s", kind, other)
		}
		require.NotEqual(t, secret, bearer.New(kind))
		require.Len(t, bearer.Hash(secret), 32)
		require.NotEqual(t, bearer.Hash(secret), bearer.Hash(bearer.New(kind)))
	}
}

func TestWhatNobodyMadeIsTold(t *testing.T) {
	t.Parallel()
	secret := bearer.New(bearer.Token)
	last := secret[len(secret)-1:]
	for name, wrong := range map[string]string{
		"nothing":         "",
		"the kind alone":  "sf_",
		"cut short":       secret[:len(secret)-1],
		"too long":        secret + "a",
		"a letter off":    secret[:10] + swap(secret[10:11]) + secret[11:],
		"the sum off":     secret[:len(secret)-1] + swap(last),
		"upper case":      strings.ToUpper(secret),
		"a blank before":  " " + secret,
		"a line after":    secret + "\n",
		"no letters":      "sf_" + strings.Repeat("!", 59),
		"another's shape": "ghp_" + strings.Repeat("a", 36),
	} {
		require.False(t, bearer.Is(bearer.Token, wrong), name)
	}
	require.True(t, bearer.Is(bearer.Token, secret))
}

func swap(letter string) string {
	if letter == "a" {
		return "b"
	}
	return "a"
}

func FuzzIs(f *testing.F) {
	f.Add(bearer.New(bearer.Token))
	f.Add("sf_")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if bearer.Is(bearer.Token, text) {
			require.Len(t, text, 62)
			require.True(t, strings.HasPrefix(text, "sf_"))
		}
	})
}
