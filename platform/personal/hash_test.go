package personal_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/pgtest"
)

// What PostgreSQL makes with the pads is the HMAC that the standard library makes.
func TestPadsMakeAnHMAC(t *testing.T) {
	t.Parallel()
	text := personal.NewKey()
	secret, err := hex.DecodeString(text)
	require.NoError(t, err)
	key, ok := keys(t, text).Newest()
	require.True(t, ok)
	inner, outer := key.Pads("erased")
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write([]byte("erased\x00u-1"))

	var got []byte
	require.NoError(t, pgtest.New(t).Pool(t, "sf_ingest").QueryRow(t.Context(),
		"select sha256($2::bytea || sha256($1::bytea || convert_to($3::text, 'UTF8')))", inner, outer, "u-1").Scan(&got))

	require.Equal(t, mac.Sum(nil), got)
}
