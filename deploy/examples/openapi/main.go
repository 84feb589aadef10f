// Command management is what a program looks like that calls the management API with a client generated from its document:
//
//	go generate
//	ISSUER=https://id.example.com TOKEN=… PRACTICE=prc_… go run . "Harbour & Finch"
//
// It prints the people of a practice, and gives the practice another name if one is given.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"

	_ "github.com/oapi-codegen/runtime" // client.gen.go needs it, and go mod tidy keeps it only if it is named in what is there always
)

//go:generate go tool oapi-codegen -generate types,client -package main -o client.gen.go ../../docs/openapi.json

func main() {
	log.SetFlags(0)
	authorize := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
		return nil
	}
	api, err := NewClientWithResponses(os.Getenv("ISSUER")+"/api/v1", WithRequestEditorFn(authorize))
	if err != nil {
		log.Fatal(err)
	}
	ctx, practice := context.Background(), os.Getenv("PRACTICE")
	if err := list(ctx, api, practice); err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 1 {
		if err := rename(ctx, api, practice, os.Args[1]); err != nil {
			log.Fatal(err)
		}
	}
}

// list prints the people of a practice, page by page.
func list(ctx context.Context, api *ClientWithResponses, practice string) error {
	params := ListUsersParams{}
	for {
		answer, err := api.ListUsersWithResponse(ctx, practice, &params)
		if err != nil {
			return err
		}
		if answer.JSON200 == nil {
			return refused(answer.Body)
		}
		for _, person := range answer.JSON200.Items {
			fmt.Println(person.Username, person.Name)
		}
		if answer.JSON200.NextCursor == nil {
			return nil
		}
		params.Cursor = answer.JSON200.NextCursor
	}
}

// rename changes what it has read, and nothing that somebody else has changed meanwhile: that is what If-Match is for.
func rename(ctx context.Context, api *ClientWithResponses, practice, name string) error {
	read, err := api.ShowPracticeWithResponse(ctx, practice)
	if err != nil {
		return err
	}
	if read.JSON200 == nil {
		return refused(read.Body)
	}
	params := EditPracticeParams{IfMatch: read.HTTPResponse.Header.Get("ETag")}
	edited, err := api.EditPracticeWithResponse(ctx, practice, &params, EditPracticeInputBody{Name: &name})
	if err != nil {
		return err
	}
	if edited.JSON200 == nil {
		return refused(edited.Body)
	}
	fmt.Println(read.JSON200.Name, "is now", edited.JSON200.Name)
	return nil
}

// refused is the error of a request that was not carried out. The body is a problem (RFC 9457).
func refused(problem []byte) error { return errors.New(string(problem)) }
