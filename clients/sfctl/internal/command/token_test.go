package command_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func tokens() []*orchestratorv1.Token {
	return []*orchestratorv1.Token{
		{
			Id: "tok_01hq7d", Name: "ci", Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"inn", "shop"}, CreatedBy: "ana",
			CreatedAt: timestamppb.New(begin), ExpiresAt: timestamppb.New(begin.Add(90 * 24 * time.Hour)), LastUsedAt: timestamppb.New(begin),
		},
		{
			Id: "tok_01hq7c", Name: "ana", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, CreatedBy: "orchestratord",
			CreatedAt: timestamppb.New(begin), RevokedAt: timestamppb.New(begin), RevokedBy: "ben",
		},
	}
}

func TestTokenCreate(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: tokens(), Secret: "sf_secret"})

	made := sfctl(at(g), "token", "create", "--name", "ci", "--role", "operator", "--dataset", "inn", "--dataset", "shop", "--expires-in", "2160h")

	require.Zero(t, made.code, made.err)
	require.Equal(t, "sf_secret\n", made.out, "the secret alone, for a file")
	require.Contains(t, made.err, "tok_01hq7d of ci: operator of inn, shop, until 2024-05-01")
	req := gatewaytest.Requests[*orchestratorv1.CreateTokenRequest](g)[0]
	require.Equal(t, orchestratorv1.Role_ROLE_OPERATOR, req.GetRole())
	require.Equal(t, []string{"inn", "shop"}, req.GetDatasets())
	require.False(t, req.GetAllDatasets())
	require.Equal(t, 2160*time.Hour, req.GetExpiresIn().AsDuration())
	require.Equal(t, "ana@desk", req.GetRequestedBy())

	require.Zero(t, sfctl(at(g), "token", "create", "--name", "ana", "--role", "admin", "-o", "json").code)
	req = gatewaytest.Requests[*orchestratorv1.CreateTokenRequest](g)[1]
	require.True(t, req.GetAllDatasets())
	require.Nil(t, req.GetExpiresIn())

	for says, args := range map[string][]string{
		`--role: role "root": want reader, operator, steward, admin`: {"--name", "x", "--role", "root"},
		"--expires-in: want a time above 0":                          {"--name", "x", "--role", "reader", "--expires-in", "-1h"},
		"--expires-in: want a time above 0, such as 2160h":           {"--name", "x", "--role", "reader", "--expires-in", "0s"},
		`required flag(s) "name"`:                                    {"--role", "reader"},
	} {
		r := sfctl(at(g), append([]string{"token", "create"}, args...)...)
		require.Equal(t, 2, r.code, says)
		require.Contains(t, r.err, says)
	}
	require.Len(t, gatewaytest.Requests[*orchestratorv1.CreateTokenRequest](g), 2)
}

func TestTokenList(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: tokens()})
	r := sfctl(at(g), "token", "list", "--ended")
	require.Zero(t, r.code, r.err)
	require.Equal(t, `TOKEN       NAME  ROLE      DATASETS      UNTIL                 USED
tok_01hq7d  ci    operator  inn, shop     2024-05-01T00:00:00Z  1h
tok_01hq7c  ana   admin     all datasets  revoked by ben        never
`, r.out)
	require.True(t, gatewaytest.Requests[*orchestratorv1.ListTokensRequest](g)[0].GetEnded())
	require.Equal(t, "tok_01hq7d\ntok_01hq7c\n", sfctl(at(g), "token", "list", "--ended", "-o", "name").out)
	require.Contains(t, sfctl(at(g), "token", "list", "--ended", "-o", "wide").out, "orchestratord")
}

func TestTokenRevoke(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: tokens()})
	r := sfctl(at(g), "token", "revoke", "01hq7d")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "tok_01hq7d of ci: revoked by ana@desk\n", r.out)
	require.Equal(t, "01hq7d", gatewaytest.Requests[*orchestratorv1.RevokeTokenRequest](g)[0].GetToken())
	require.Equal(t, 2, sfctl(at(g), "token", "revoke").code)

	again := sfctl(at(g), "token", "revoke", "tok_01hq7c")
	require.Zero(t, again.code, again.err)
	require.Equal(t, "tok_01hq7c of ana: was revoked already, by ben at 2024-02-01T00:00:00Z\n", again.out)
	none := sfctl(at(g), "token", "revoke", "tok_01hq7x")
	require.Equal(t, 5, none.code, none.err)
}

// admins are a token that makes others, and some that do not.
func admins() []*orchestratorv1.Token {
	return []*orchestratorv1.Token{
		{Id: "tok_01hq7a", Name: "ana", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, CreatedAt: timestamppb.New(begin)},
		{Id: "tok_01hq7b", Name: "ben", Role: orchestratorv1.Role_ROLE_ADMIN, Datasets: []string{"shop"}, CreatedAt: timestamppb.New(begin)},
		{Id: "tok_01hq7c", Name: "cy", Role: orchestratorv1.Role_ROLE_STEWARD, AllDatasets: true, CreatedAt: timestamppb.New(begin)},
		{Id: "tok_01hq7d", Name: "di", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, CreatedAt: timestamppb.New(begin), RevokedAt: timestamppb.New(begin)},
	}
}

func TestTheLastTokenThatMakesOthersIsRevokedByYesOnly(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: admins(), Identity: &orchestratorv1.Identity{Token: "tok_01hq7a"}})
	for _, part := range []string{"tok_01hq7a", "01hq7a", "hq7a"} {
		r := sfctl(at(g), "token", "revoke", part)
		require.Equal(t, 6, r.code, r.err)
		require.Empty(t, r.out)
		require.Contains(t, r.err, "tok_01hq7a of ana is the last by which anybody is admin of all datasets")
		require.Contains(t, r.err, "Make another first")
		require.Contains(t, r.err, "--yes")
	}
	for _, req := range gatewaytest.Requests[*orchestratorv1.RevokeTokenRequest](g) {
		require.False(t, req.GetLastAdmin(), "it is asked for in so many words")
	}
	for _, other := range []string{"tok_01hq7b", "tok_01hq7c"} {
		r := sfctl(at(g), "token", "revoke", other)
		require.Zero(t, r.code, r.err)
		require.Empty(t, r.err)
	}
	r := sfctl(at(g), "token", "revoke", "tok_01hq7a", "--yes")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "tok_01hq7a of ana: revoked by ana@desk")
	require.Contains(t, r.err, "It is the token that you called with")

	two := admins()
	two[3].RevokedAt = nil
	g = gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: two})
	r = sfctl(at(g), "token", "revoke", "tok_01hq7a")
	require.Zero(t, r.code, "another is there: %s", r.err)
	require.Empty(t, r.err, "nobody calls with it")
}

func TestATokenThatMayBeASlipIsMadeWithANote(t *testing.T) {
	t.Parallel()
	held := append(admins(), tokens()[0])
	held[0].Id = "tok_01hq7e"
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: held, Secret: "sf_secret", Datasets: []*orchestratorv1.DatasetVersion{
		{Dataset: &datasetv1.Dataset{Name: "inn"}}, {Dataset: &datasetv1.Dataset{Name: "shop"}},
	}})
	const alike, missing = `"Requested by" does not tell them apart`, "No dataset nosuch is registered"
	for line, notes := range map[string][]string{
		"--name ana --role reader":                                        {"ana is the name of other good tokens too", "tok_01hq7e (admin of all datasets)", alike},
		"--name ci --role operator --dataset inn":                         {"tok_01hq7d (operator of inn, shop)", alike},
		"--name ci --role operator --dataset shop --dataset inn":          nil,
		"--name ana --role admin":                                         nil,
		"--name di --role reader":                                         nil,
		"--name new --role reader --dataset nosuch":                       {missing},
		"--name ben --role admin --dataset shop,nosuch":                   {"tok_01hq7b (admin of shop)", alike, missing},
		"--name new --role reader --dataset nosuch --dataset inn --quiet": nil,
	} {
		r := sfctl(at(g), append([]string{"token", "create"}, strings.Fields(line)...)...)
		require.Zero(t, r.code, r.err)
		require.Equal(t, "sf_secret\n", r.out, "it is made: %s", line)
		for _, note := range notes {
			require.Contains(t, r.err, note, line)
		}
		for _, note := range []string{alike, missing} {
			require.Equal(t, slices.Contains(notes, note), strings.Contains(r.err, note), "%s: %s", line, r.err)
		}
	}
}

func TestAuthStatus(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{})
	r := sfctl(at(g), "auth", "status")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "asks nobody for a token: whoever reaches it may do everything")

	g.Identity = &orchestratorv1.Identity{Token: "tok_1", Name: "ci", Role: orchestratorv1.Role_ROLE_STEWARD, Datasets: []string{"shop"}}
	r = sfctl(at(g), "auth", "status")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "ci at "+g.Address()+"\n  role      steward\n  datasets  shop\n  token     tok_1\n  until     it is revoked\n", r.out)
}

func TestAuthLink(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: tokens(), Secret: "sfl_x"})
	r := sfctl(at(g), "auth", "link", "--page", "https://streamflow.example/")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "https://streamflow.example/login?token=sfl_x\n", r.out)
	require.Contains(t, r.err, "Good once, until")
	r = sfctl(at(g), "auth", "link", "-q", "--page", "http://127.0.0.1:8080")
	require.Regexp(t, `^http://sf-[a-z2-7]{10}\.localhost:8080/login\?token=sfl_x\n$`, r.out, "a name of its own, that other ports get no cookie of")
	require.Empty(t, r.err)
}

// A link holds a secret: it goes to the page of the token that is called with, or nowhere.
func TestALinkGoesToNoAddressThatWasGuessed(t *testing.T) {
	t.Parallel()
	token := bearer.New(bearer.Token)
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Tokens: tokens(), Secret: "sfl_x", Wants: token})
	lies := func(server string) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("Authorization: Bearer "+token+"\n"), 0o600))
		if server != "" {
			place := `{"server": "` + server + `", "page": "http://127.0.0.1:28080"}`
			require.NoError(t, os.WriteFile(filepath.Join(dir, "gateway.json"), []byte(place), 0o600))
		}
		return filepath.Join(dir, "token")
	}
	linkWith := func(name, value string, args ...string) result {
		env := at(g)
		env[name] = value
		return sfctl(env, append([]string{"auth", "link"}, args...)...)
	}

	r := linkWith("SF_TOKEN_FILE", lies(g.Address()))
	require.Zero(t, r.code, r.err)
	require.Regexp(t, `^http://sf-[a-z2-7]{10}\.localhost:28080/login\?token=sfl_x\n$`, r.out)

	made := len(gatewaytest.Requests[*orchestratorv1.CreateLoginRequest](g))
	readable := lies(g.Address())
	require.NoError(t, os.Chmod(filepath.Join(filepath.Dir(readable), "gateway.json"), 0o666))
	bare := lies("")
	for says, r := range map[string]result{
		"nothing beside " + bare + " says it":                   linkWith("SF_TOKEN_FILE", bare),
		"is for the server 127.0.0.1:1, and " + g.Address():     linkWith("SF_TOKEN_FILE", lies("127.0.0.1:1")),
		"written by its owner alone":                            linkWith("SF_TOKEN_FILE", readable),
		"where the page is is not known: SF_TOKEN says nothing": linkWith("SF_TOKEN", token),
	} {
		require.Equal(t, 2, r.code, says)
		require.Empty(t, r.out, says)
		require.Contains(t, r.err, says)
		require.Contains(t, r.err, "Give its address with --page")
	}
	require.Len(t, gatewaytest.Requests[*orchestratorv1.CreateLoginRequest](g), made, "no secret was made")
	require.Equal(t, "https://x.example/login?token=sfl_x\n", linkWith("SF_TOKEN", token, "--page", "https://x.example").out)
}

func TestATokenIsShownToWhomItWasGivenFor(t *testing.T) {
	t.Parallel()
	token, other := bearer.New(bearer.Token), bearer.New(bearer.Token)
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Wants: token})
	file := filepath.Join(t.TempDir(), "token")
	with := func(more map[string]string) map[string]string {
		env := at(g)
		for name, value := range more {
			env[name] = value
		}
		return env
	}
	for name, text := range map[string]string{"the secret": token, "a line": token + "\n", "the header": "Authorization: Bearer " + token + "\n"} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		require.Zero(t, sfctl(with(nil), "--token-file", file, "auth", "status").code, name)
		require.Zero(t, sfctl(with(map[string]string{"SF_TOKEN_FILE": file}), "auth", "status").code, name)
		require.Zero(t, sfctl(with(map[string]string{"SF_TOKEN": text}), "auth", "status").code, name)
		require.Zero(t, sfctl(with(map[string]string{"SF_TOKEN": other}), "auth", "status", "--token-file", file).code, "the file goes first")
	}
	for _, shown := range g.Shown() {
		require.Equal(t, "Bearer "+token, shown)
	}

	r := sfctl(with(nil), "auth", "status")
	require.Equal(t, 7, r.code)
	require.Contains(t, r.err, "expected a token, found none")
	require.Contains(t, r.err, "Call with a token")
	require.Contains(t, r.err, "`sfctl dev` makes another when it is started again")
	for says, env := range map[string]map[string]string{
		"--token-file: open": {"SF_TOKEN_FILE": filepath.Join(t.TempDir(), "none")},
		"SF_TOKEN: expected a token, which begins with sf_": {"SF_TOKEN": "hunter2"},
	} {
		calls := len(g.Shown())
		r := sfctl(with(env), "auth", "status")
		require.Equal(t, 2, r.code, r.err)
		require.Contains(t, r.err, says)
		require.NotContains(t, r.err, "hunter2", "what was taken for a token is not said again")
		require.Len(t, g.Shown(), calls)
	}
}

func TestWhatMayNotBeDoneExitsWithSeven(t *testing.T) {
	t.Parallel()
	for _, reason := range []problem.Reason{problem.Unauthenticated, problem.PermissionDenied} {
		g := gatewaytest.Start(t, &gatewaytest.Gateway{Err: problem.New(reason, "ListRuns needs the role reader")})
		r := sfctl(at(g), "run", "list", "-o", "json")
		require.Equal(t, 7, r.code, r.err)
		require.Contains(t, r.err, string(reason))
		require.Contains(t, r.err, "ListRuns needs the role reader")
	}
}
