package issuer

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFileOfIssuers(t *testing.T) {
	t.Parallel()
	all, err := parse([]byte(`
issuers:
  - issuer: https://login.example/realms/shop
    audience: [streamflow, sfctl]
    claims: {name: email, groups: realm_access.roles}
  - issuer: https://token.actions.githubusercontent.com
    audience: [streamflow]
    algorithms: [RS256]
    shared: true
    owner_claims: [repository]
    claims: {prefix: "github:"}
`))
	require.NoError(t, err)
	require.Equal(t, []string{"RS256", "ES256"}, all[0].Algorithms)
	require.False(t, all[0].Shared)
	require.Contains(t, all[0].OwnerClaims, "project_path")
	require.Equal(t, []string{"repository"}, all[1].OwnerClaims)
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	entry := func(text string) string { return "issuers: [{" + text + "}]" }
	good := "issuer: https://a.example, audience: [x]"
	for text, says := range map[string]string{
		"":                          "expected issuers, found none",
		"issuers: 1":                "cannot unmarshal",
		"issuer: https://a.example": "field issuer not found",
		entry(good) + "\n---\na: 1": "expected one document",
		entry("audience: [x]"):      `issuer: expected an address, https://…, found ""`,
		entry("issuer: http://a.example, audience: [x]"):                                           "without TLS anybody",
		entry("issuer: 'https://a.example?x=1', audience: [x]"):                                    "expected an address",
		entry("issuer: 'https://me:pw@a.example', audience: []"):                                   "expected an address",
		entry("issuer: ftp://a.example, audience: [x]"):                                            "expected an address with https",
		entry("issuer: https://a.example"):                                                         "audience: expected whom",
		entry("issuer: https://a.example, audience: ['']"):                                         "audience: expected whom",
		entry(good + ", algorithms: [HS256]"):                                                      `found "HS256"`,
		entry(good + ", algorithms: [none]"):                                                       `found "none"`,
		entry(good + ", jwks_file: k, ca_file: c"):                                                 "are for nothing",
		entry(good + `, claims: {prefix: "a\u202e"}`):                                              "claims.prefix",
		entry(good + ", client_secret: x"):                                                         "field client_secret not found",
		"issuers: [{" + good + "}, {" + good + ", claims: {prefix: p}}]":                           "stands here twice",
		"issuers: [{" + good + "}, {issuer: https://b.example, audience: [x]}]":                    "issuers[1] https://b.example: names of it could not be told from those of https://a.example",
		"issuers: [{issuer: https://a.example}, {issuer: https://b.example, claims: {prefix: b}}]": "issuers[1]",
	} {
		_, err := parse([]byte(text))
		require.ErrorContains(t, err, says, text)
	}
}

func TestWhatATokenSays(t *testing.T) {
	t.Parallel()
	claims := map[string]any{
		"sub": "x", "admin": true, "level": float64(3), "nothing": nil,
		"groups":       []any{"b", "a", "a", []any{"deep"}, map[string]any{"in": "a list"}},
		"realm_access": map[string]any{"roles": []any{"r"}},
		"a":            map[string]any{"b": map[string]any{"c": map[string]any{"d": map[string]any{"e": map[string]any{"f": "too deep"}}}}},
	}
	require.Equal(t, []Claim{
		{"admin", "true"}, {"groups", "a"}, {"groups", "b"}, {"groups", "deep"}, {"level", "3"}, {"realm_access.roles", "r"}, {"sub", "x"},
	}, flatten(claims, ""))
	require.Contains(t, flatten(claims, "realm_access.roles"), Claim{"groups", "r"})
	require.NotContains(t, flatten(claims, "realm_access.roles"), Claim{"groups", "a"}, "what somebody may write themselves is no group beside it")
	require.Contains(t, flatten(claims, "groups"), Claim{"groups", "a"})
}

func TestWhatSomebodyIsCalled(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300) + "end"
	for name, tc := range map[string]struct {
		mapping mapping
		id      string
		claims  map[string]any
		want    string
	}{
		"by their subject":          {mapping{}, "1234", nil, "1234"},
		"by a verified address":     {mapping{}, "1234", map[string]any{"email": "ann@example.com", "email_verified": true, "preferred_username": "ann"}, "ann@example.com"},
		"not by one that is not":    {mapping{}, "1234", map[string]any{"email": "root@example.com", "email_verified": false}, "1234"},
		"nor where it is not said":  {mapping{}, "1234", map[string]any{"email": "root@example.com", "email_verified": "true"}, "1234"},
		"as they prefer":            {mapping{}, "1234", map[string]any{"preferred_username": "ann"}, "ann"},
		"by a claim":                {mapping{Name: "nick"}, "1234", map[string]any{"nick": "a", "preferred_username": "ann"}, "a"},
		"by a claim that is none":   {mapping{Name: "nick"}, "1234", map[string]any{"nick": 7.0, "preferred_username": "ann"}, "1234"},
		"with a prefix":             {mapping{Prefix: "k8s:"}, "system:x", nil, "k8s:system:x"},
		"not by what turns":         {mapping{Name: "nick"}, "1234", map[string]any{"nick": "a\u202eb"}, "1234"},
		"not by a line":             {mapping{Name: "nick"}, "1234", map[string]any{"nick": "a\nb"}, "1234"},
		"not by blanks":             {mapping{Name: "nick"}, "1234", map[string]any{"nick": "  "}, "1234"},
		"not by too much":           {mapping{Name: "nick"}, "1234", map[string]any{"nick": strings.Repeat("x", 201)}, "1234"},
		"a long subject by its end": {mapping{Prefix: "p:"}, long, nil, "p:…" + long[len(long)-197:]},
	} {
		got := setting{Claims: tc.mapping}.name(tc.id, tc.claims)
		require.Equal(t, tc.want, got, name)
		require.LessOrEqual(t, len([]rune(got)), maxName, name)
	}
}

func FuzzClaimedIssuer(f *testing.F) {
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.x")
	f.Fuzz(func(t *testing.T, token string) {
		if by, err := claimedIssuer(token); err == nil {
			require.NotEmpty(t, by)
		}
	})
}
