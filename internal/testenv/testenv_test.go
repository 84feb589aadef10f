package testenv_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/testenv"
)

func TestPostgresGivesEachTestADatabaseOfItsOwnAndDropsIt(t *testing.T) {
	var first string
	t.Run("first", func(t *testing.T) {
		first = testenv.Postgres(t)
		second := testenv.Postgres(t)
		run(t, first, "CREATE TABLE mark (n int)")
		run(t, second, "CREATE TABLE mark (n int)") // would exist already if they shared a database
	})
	_, err := pgx.Connect(t.Context(), first)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Fatalf("connecting to a dropped database: %v", err)
	}
}

func TestATemplateIsCopiedAndWhatIsLeftOfOthersIsDropped(t *testing.T) {
	fill := func(address string) error {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			return err
		}
		_, err = conn.Exec(t.Context(), "CREATE TABLE mark (n int)")
		return errors.Join(err, conn.Close(t.Context()))
	}
	left := "apsid_template_" + strings.ToLower(rand.Text()) // of a process that has ended: no process holds its lock
	run(t, os.Getenv(testenv.DatabaseVariable), "CREATE DATABASE "+left+" TEMPLATE template0")
	used, err := testenv.NewTemplate(fill)
	if err != nil {
		t.Fatal(err)
	}
	_, err = testenv.NewTemplate(fill)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second would fail if the first had changed the template
		run(t, used.Postgres(t), "DROP TABLE mark")
	}
	conn, err := pgx.Connect(t.Context(), os.Getenv(testenv.DatabaseVariable))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var there bool
	err = conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", left).Scan(&there)
	if err != nil || there {
		t.Errorf("a template that nobody uses is still there: %t, %v", there, err)
	}
}

func TestRedisGivesEachTestAnEmptyDatabaseOfItsOwn(t *testing.T) {
	one, two := client(t, testenv.Redis(t)), client(t, testenv.Redis(t))
	err := one.Set(t.Context(), "mark", 1, 0).Err()
	if err != nil {
		t.Fatal(err)
	}
	size, err := two.DBSize(t.Context()).Result()
	if err != nil || size != 0 {
		t.Fatalf("the other database holds %d keys, %v", size, err)
	}
}

func TestMotoAnswers(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, testenv.Moto(t)+"/moto-api/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("moto answers %s", response.Status)
	}
}

func TestAxeIsTheCheckerItself(t *testing.T) {
	if source := testenv.Axe(t); !strings.Contains(source, "axe.run") {
		t.Fatalf("%d bytes that don't define axe.run", len(source))
	}
}

func run(t *testing.T, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // stays open, so that dropping has to be forceful
	_, err = conn.Exec(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
}

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}
