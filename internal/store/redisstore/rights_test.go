package redisstore_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// rules are those of the user in deploy/docs/operating.md: the commands of this package, its keys, and its channel.
func rules() []any {
	all := []any{"ACL", "SETUSER", "apsid", "reset", "on", ">hunter2", "~apsid:*", "&apsid:*", "+EVAL"}
	for _, command := range redisstore.Commands() {
		name, _, _ := strings.Cut(command, " ")
		all = append(all, "+"+name)
	}
	return all
}

func asUser(address string) string {
	return strings.Replace(address, "redis://", "redis://apsid:hunter2@", 1)
}

// A user with exactly these rights is enough for everything that the store does, and none of them is for nothing.
func TestContractOfAUserWithFewRights(t *testing.T) {
	address := testenv.RedisServer(t)
	admin := client(t, address)
	counting := append(rules(), "+scan", "+getrange") // for the commands of seal keys, which a node does not give
	if err := admin.Do(t.Context(), counting...).Err(); err != nil {
		t.Fatal(err)
	}
	contract(t, func(t *testing.T) redisStore {
		if err := admin.FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		ports := portsOf(t, open(t, asUser(address)))
		ports.Raw = client(t, address)
		return ports
	})
	used, err := admin.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range redisstore.Commands() {
		name, _, _ := strings.Cut(strings.ToLower(command), " ")
		if !strings.Contains(used, "cmdstat_"+name+":calls=") {
			t.Errorf("%s is never given", name)
		}
	}
}

func TestEveryRightThatIsMissingIsNamed(t *testing.T) {
	address := testenv.RedisServer(t)
	admin := client(t, address)
	change := func(rules ...any) {
		t.Helper()
		if err := admin.Do(t.Context(), append([]any{"ACL", "SETUSER", "apsid"}, rules...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := admin.Do(t.Context(), rules()...).Err(); err != nil {
		t.Fatal(err)
	}
	if lacks := look(t, asUser(address)).Lacks; len(lacks) > 0 {
		t.Fatalf("nothing is missing, but %q", lacks)
	}
	for _, command := range redisstore.Commands() {
		name, rest, _ := strings.Cut(command, " ")
		if name == "PING" { // without it nothing is open
			continue
		}
		change("-" + name)
		if lacks := look(t, asUser(address)).Lacks; len(lacks) != 1 || !strings.HasPrefix(lacks[0], name) {
			t.Errorf("without %s %s: %q", name, rest, lacks)
		}
		change("+" + name)
	}
	change("-EVAL")
	if lacks := look(t, asUser(address)).Lacks; !slices.Equal(lacks, []string{"EVAL"}) {
		t.Errorf("without EVAL: %q", lacks)
	}
	change("+EVAL", "resetkeys", "~rota:*")
	if lacks := look(t, asUser(address)).Lacks; !slices.Equal(lacks, []string{"EVAL"}) {
		t.Errorf("without keys: %q", lacks)
	}
	change("~apsid:*", "resetchannels")
	if lacks := look(t, asUser(address)).Lacks; len(lacks) != 2 || !strings.Contains(lacks[0]+lacks[1], "PUBLISH (channel apsid:news)") {
		t.Errorf("without the channel: %q", lacks)
	}
	change("&apsid:*", "-PING")
	_, err := redisstore.Open(t.Context(), asUser(address), newSealer(t))
	if err == nil || redisstore.RefusalOf(err) != redisstore.RefusedRights {
		t.Errorf("without PING: %v", err)
	}
	keys, err := admin.DBSize(t.Context()).Result()
	if err != nil || keys != 0 {
		t.Errorf("looking left %d keys, %v", keys, err)
	}
}

// A cluster is asked where its slots are, too.
func TestAUserOfAClusterWithFewRights(t *testing.T) {
	address := testenv.RedisServer(t, "--cluster-enabled", "yes")
	admin := client(t, address)
	oneNodeCluster(t, admin)
	if err := admin.Do(t.Context(), append(rules(), "+cluster", "+command", "+asking")...).Err(); err != nil {
		t.Fatal(err)
	}
	clustered := strings.Replace(asUser(address), "redis://", "redis+cluster://", 1)
	if facts := look(t, clustered); len(facts.Lacks) > 0 {
		t.Errorf("lacks %q", facts.Lacks)
	}
	if err := open(t, clustered).Publish(t.Context(), "clients"); err != nil {
		t.Error(err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	locked := testenv.RedisServer(t)
	if err := client(t, locked).ConfigSet(t.Context(), "requirepass", "hunter2").Err(); err != nil {
		t.Fatal(err)
	}
	encrypted := httptest.NewTLSServer(http.NotFoundHandler())
	defer encrypted.Close()
	for name, c := range map[string]struct {
		address string
		want    redisstore.Refusal
	}{
		"nobody there":            {"redis://127.0.0.1:1", redisstore.RefusedOther},
		"no password":             {locked, redisstore.RefusedUser},
		"a wrong password":        {strings.Replace(locked, "redis://", "redis://:other@", 1), redisstore.RefusedUser},
		"no TLS":                  {strings.Replace(testenv.RedisServer(t), "redis://", "rediss://", 1), redisstore.RefusedOther}, // it waits for more
		"a certificate of nobody": {strings.Replace(encrypted.URL, "https://", "rediss://", 1), redisstore.RefusedTLS},
		"no cluster":              {strings.Replace(testenv.RedisServer(t), "redis://", "redis+cluster://", 1), redisstore.RefusedCluster},
		"no Sentinel there":       {"redis+sentinel://127.0.0.1:1?master_name=apsid", redisstore.RefusedMaster},
		"a host of no name":       {"redis://apsid.invalid:6379", redisstore.RefusedOther},
		"a cluster not there":     {"redis+cluster://127.0.0.1:1", redisstore.RefusedOther},
	} {
		began := time.Now()
		_, err := redisstore.Open(t.Context(), c.address, newSealer(t))
		if err == nil || redisstore.RefusalOf(err) != c.want {
			t.Errorf("%s: %v after %s", name, err, time.Since(began))
		}
	}
}
