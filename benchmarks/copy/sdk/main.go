// The transfer manager of the AWS SDK for Go, version 2: copies a prefix into a folder.
//
//	sdk ENDPOINT REGION BUCKET PREFIX FOLDER
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	log.SetFlags(0)
	endpoint, region, bucket, prefix, folder := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	// The certificates are those that SSL_CERT_FILE names.
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String(endpoint),
		Region:       region,
		UsePathStyle: true,
		Credentials:  aws.AnonymousCredentials{},
	})
	// By parts, its default, it never ends with SeaweedFS.
	manager := transfermanager.New(client, func(options *transfermanager.Options) {
		options.GetObjectType = types.GetObjectRanges
	})
	done, err := manager.DownloadDirectory(context.Background(), &transfermanager.DownloadDirectoryInput{
		Bucket:      aws.String(bucket),
		KeyPrefix:   aws.String(prefix),
		Destination: aws.String(folder),
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("%d objects", done.ObjectsDownloaded)
}
