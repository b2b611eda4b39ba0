package postgres

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

// The salt and keys of RFC 7677's example, section 3, of the password "pencil".
func TestAVerifierIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	salt, err := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	require.NoError(t, err)
	got, err := verifierOf("pencil", salt, 4096)
	require.NoError(t, err)
	require.Equal(t, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", got)
	require.True(t, recognises(got, "pencil"))
	require.False(t, recognises(got, "Pencil"))
}

func TestWhatIsNoVerifierRecognisesNothing(t *testing.T) {
	t.Parallel()
	for _, kept := range []string{
		"", "md5a3556571e93b0d20722ba62be61e8c2d", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:AAAA$AAAA:AAAA",
		"SCRAM-SHA-256$999999999:AAAA$AAAA:AAAA", "SCRAM-SHA-256$4096:=$AAAA:AAAA", "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
	} {
		require.False(t, recognises(kept, "x"), kept)
	}
}
