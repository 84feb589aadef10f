package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// BenchmarkBare is what the machine itself takes for each thing that all costs are compared with.
func BenchmarkBare(b *testing.B) {
	b.Run("signature", func(b *testing.B) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		fatal(b, err)
		sum := sha256.Sum256([]byte("claims"))
		for b.Loop() {
			_, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
			fatal(b, err)
		}
	})
	b.Run("hash", func(b *testing.B) {
		passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{})
		fatal(b, err)
		for b.Loop() {
			_, err := passwords.Hash(b.Context(), authenticator.Claim{}, idp.NewSecret(password))
			fatal(b, err)
		}
	})
	b.Run("select", func(b *testing.B) {
		conn, err := pgx.Connect(b.Context(), testenv.Postgres(b))
		fatal(b, err)
		b.Cleanup(func() { _ = conn.Close(context.Background()) })
		_, err = conn.Exec(b.Context(), "CREATE TABLE bare (id text PRIMARY KEY, what text); INSERT INTO bare VALUES ('one', 'thing')")
		fatal(b, err)
		var what string
		for b.Loop() {
			fatal(b, conn.QueryRow(b.Context(), "SELECT what FROM bare WHERE id = $1", "one").Scan(&what))
		}
	})
	b.Run("get", func(b *testing.B) {
		options, err := redis.ParseURL(testenv.Redis(b))
		fatal(b, err)
		client := redis.NewClient(options)
		b.Cleanup(func() { _ = client.Close() })
		fatal(b, client.Set(b.Context(), "one", "thing", time.Minute).Err())
		for b.Loop() {
			fatal(b, client.Get(b.Context(), "one").Err())
		}
	})
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
