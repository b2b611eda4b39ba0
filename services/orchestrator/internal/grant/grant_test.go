package grant_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
)

const login, ci = "https://login.example", "https://ci.example"

func to(issuer, subject string, claims ...grant.Claim) grant.Grant {
	return grant.Grant{Grant: identity.Grant{Role: identity.Reader, All: true}, Issuer: issuer, Subject: subject, Claims: claims}
}

func TestWhomAGrantIsFor(t *testing.T) {
	t.Parallel()
	ann := grant.Subject{Issuer: login, ID: "1234", Claims: []grant.Claim{{"groups", "data"}, {"groups", "all"}, {"email", "ann@example.com"}}}
	build := grant.Subject{
		Issuer: ci, ID: "repo:shop/etl:ref:main", Shared: true, Owners: []string{"repository"},
		Claims: []grant.Claim{{"repository", "shop/etl"}, {"environment", "production"}},
	}
	for name, tc := range map[string]struct {
		g    grant.Grant
		who  grant.Subject
		want bool
	}{
		"the subject":                   {to(login, "1234"), ann, true},
		"another subject":               {to(login, "123"), ann, false},
		"the subject of another issuer": {to(ci, "1234"), ann, false},
		"an issuer with a slash more":   {to(login+"/", "1234"), ann, false},
		"nobody in particular":          {to(login, ""), ann, false},
		"a group":                       {to(login, "", grant.Claim{"groups", "data"}), ann, true},
		"part of a group's name":        {to(login, "", grant.Claim{"groups", "dat"}), ann, false},
		"another case":                  {to(login, "", grant.Claim{"groups", "Data"}), ann, false},
		"two groups":                    {to(login, "", grant.Claim{"groups", "data"}, grant.Claim{"groups", "all"}), ann, true},
		"one of two":                    {to(login, "", grant.Claim{"groups", "data"}, grant.Claim{"groups", "none"}), ann, false},
		"subject and group":             {to(login, "1234", grant.Claim{"groups", "data"}), ann, true},
		"subject and another group":     {to(login, "1234", grant.Claim{"groups", "none"}), ann, false},
		"another claim of that value":   {to(login, "", grant.Claim{"email", "data"}), ann, false},

		"shared, by subject":               {to(ci, build.ID), build, false},
		"shared, by what anybody may have": {to(ci, "", grant.Claim{"environment", "production"}), build, false},
		"shared, subject and environment":  {to(ci, build.ID, grant.Claim{"environment", "production"}), build, false},
		"shared, by its owner":             {to(ci, "", grant.Claim{"repository", "shop/etl"}), build, true},
		"shared, owner and more":           {to(ci, "", grant.Claim{"repository", "shop/etl"}, grant.Claim{"environment", "production"}), build, true},
		"shared, owner and other":          {to(ci, "", grant.Claim{"repository", "shop/etl"}, grant.Claim{"environment", "test"}), build, false},
		"shared, another's":                {to(ci, "", grant.Claim{"repository", "evil/etl"}), build, false},
	} {
		require.Equal(t, tc.want, tc.g.Counts(tc.who), name)
	}
}

func TestTheSameInAnotherOrderIsTheSame(t *testing.T) {
	t.Parallel()
	one := grant.Grant{Grant: identity.Grant{Datasets: []string{"b", "a", "b"}}, Claims: []grant.Claim{{"b", "2"}, {"a", "9"}, {"b", "1"}, {"a", "9"}}}
	require.Equal(t, []string{"a", "b"}, one.InOrder().Datasets)
	require.Equal(t, []string{"a=9", "b=1", "b=2"}, one.InOrder().ClaimTexts())
	require.Equal(t, one.InOrder().Claims, grant.ParseClaims(one.InOrder().ClaimTexts()))
	require.Equal(t, []string{}, grant.Grant{}.InOrder().Datasets)
	require.Equal(t, []grant.Claim{{"a", "b=c"}}, grant.ParseClaims([]string{"a=b=c"}), "a value may have what ends a name")
	odd := grant.Subject{Claims: []grant.Claim{{"a=b", "c"}, {"nul", "\x00"}, {"x", "y"}}}
	require.Equal(t, []string{"x=y"}, odd.ClaimTexts(), "a name with what ends names would be another claim")
}

func TestAFileOfGrants(t *testing.T) {
	t.Parallel()
	grants, err := grant.Parse([]byte(`
grants:
  - role: operator
    datasets: [shop, inn]
    issuer: https://ci.example
    claims: {repository: shop/etl, environment: production}
  - {role: admin, all_datasets: true, issuer: "https://login.example", subject: "1234"}
`))
	require.NoError(t, err)
	require.Equal(t, []grant.Grant{
		{
			Grant:  identity.Grant{Role: identity.Operator, Datasets: []string{"inn", "shop"}},
			Issuer: ci, Claims: []grant.Claim{{"environment", "production"}, {"repository", "shop/etl"}},
		},
		{Grant: identity.Grant{Role: identity.Admin, All: true, Datasets: []string{}}, Issuer: login, Subject: "1234"},
	}, grants)
	none, err := grant.Parse(nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"grants: 1":                       "cannot unmarshal",
		"grant: []":                       "field grant not found",
		"grants: []\n---\ngrants: []":     "expected one document",
		"grants: [{role: root}]":          `grants[0]: role "root"`,
		"grants: [{}, {role: admin}]":     "grants[1]: expected either all_datasets",
		"grants: [{role: admin, sub: x}]": "field sub not found",
		"grants: [{role: admin, all_datasets: true, datasets: [a], issuer: https://i, subject: x}]": "expected either all_datasets",
		"grants: [{role: admin, all_datasets: true, issuer: i, subject: x}]":                        "issuer: expected the address",
		"grants: [{role: admin, all_datasets: true, issuer: https://i}]":                            "an issuer alone is everybody",
		"grants: [{role: admin, datasets: [A], issuer: https://i, subject: x}]":                     `expected the name of a dataset, found "A"`,
		"grants: [{role: admin, all_datasets: true, issuer: https://i, claims: {groups: ''}}]":      "claims: expected a name and a value",
	} {
		_, err := grant.Parse([]byte(text))
		require.ErrorContains(t, err, says, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("grants: [{role: admin, all_datasets: true, issuer: https://i, subject: x}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		grants, err := grant.Parse(text)
		if err != nil {
			return
		}
		for _, g := range grants {
			require.NotEmpty(t, g.Role)
			require.NotEqual(t, g.All, len(g.Datasets) > 0)
			require.False(t, g.Subject == "" && len(g.Claims) == 0, "everybody")
		}
	})
}
