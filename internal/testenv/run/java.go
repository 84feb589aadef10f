package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// stockJava is the folder of the client in Java, below the root of the work tree: Maven's project, with everything in one folder.
const stockJava = "internal/stockclients/java/spring-security"

// buildJava returns the path of the client in Java, which Maven builds from what Maven Central has; "none" where the machine has no JDK
// or no Maven, which are too large to be installed for one test.
func buildJava(ctx context.Context, _ *environment) (string, error) {
	maven, failed := find("mvn")
	for _, name := range []string{"java", "javac", "keytool"} {
		if _, err := find(name); err != nil {
			failed = err
		}
	}
	if failed != nil {
		return "none", nil
	}
	root, err := workTree()
	if err != nil {
		return "", err
	}
	sum, sources := sha256.New(), map[string][]byte{}
	for _, name := range []string{"pom.xml", "Rota.java"} {
		sources[name], err = os.ReadFile(filepath.Join(root, stockJava, name))
		if err != nil {
			return "", err
		}
		sum.Write(sources[name])
	}
	dir, err := cached(ctx, "java-"+hex.EncodeToString(sum.Sum(nil)[:6]), func(ctx context.Context, dir string) error {
		return packageJava(ctx, maven, dir, sources)
	})
	return filepath.Join(dir, "target", "rota.jar"), err
}

func packageJava(ctx context.Context, maven, dir string, sources map[string][]byte) error {
	err := os.MkdirAll(dir, 0o755)
	if err != nil {
		return err
	}
	for name, text := range sources {
		err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		if err != nil {
			return err
		}
	}
	return quietly(ctx, dir, maven, "--batch-mode", "--quiet", "package")
}
