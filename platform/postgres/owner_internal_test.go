package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhichDatabasesAreRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, judge("shop", "15.0", 15, "UTF8"))
	require.NoError(t, judge("shop", "18.1", 18, "UTF8"))
	require.ErrorContains(t, judge("shop", "14.9 (Debian 14.9-1)", 14, "UTF8"), "expected PostgreSQL 15 or newer, found 14.9 (Debian 14.9-1)")
	require.ErrorContains(t, judge(`s"hop`, "16.2", 16, "LATIN9"), `create database "s""hop_utf8" encoding 'UTF8'`)
}
