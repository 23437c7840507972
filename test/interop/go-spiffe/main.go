// A workload written with go-spiffe: serves or calls over mutual TLS with what the Workload API gives it.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

func must(err error) {
	if err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if os.Args[1] == "denied" {
		_, err := workloadapi.FetchX509SVID(ctx)
		fmt.Println("denied", strings.ReplaceAll(fmt.Sprint(err), "\n", " "))
		return
	}
	bundles, err := workloadapi.FetchX509Bundles(ctx)
	must(err)
	domains := []string{}
	for _, bundle := range bundles.Bundles() {
		domains = append(domains, fmt.Sprintf("%s=%d", bundle.TrustDomain(), len(bundle.X509Authorities())))
	}
	sort.Strings(domains)
	fmt.Println("bundles", strings.Join(domains, ","))

	source, err := workloadapi.NewX509Source(ctx)
	must(err)
	defer source.Close()
	svid, err := source.GetX509SVID()
	must(err)
	fmt.Println("svid", svid.ID)

	peer := spiffeid.RequireFromString(os.Args[2])
	if os.Args[1] == "serve" {
		listener, err := tls.Listen("tcp", "127.0.0.1:0", tlsconfig.MTLSServerConfig(source, source, tlsconfig.AuthorizeID(peer)))
		must(err)
		fmt.Println("address", listener.Addr())
		conn, err := listener.Accept()
		must(err)
		line, err := bufio.NewReader(conn).ReadString('\n')
		must(err)
		fmt.Fprintf(conn, "%s says %s", svid.ID, line)
		must(conn.Close())
		// A rotation that is pushed reaches the source.
		before := svid.Certificates[0].SerialNumber
		for svid.Certificates[0].SerialNumber.Cmp(before) == 0 {
			must(source.WaitUntilUpdated(ctx))
			svid, err = source.GetX509SVID()
			must(err)
		}
		fmt.Println("rotated", svid.ID)
		return
	}
	conn, err := tls.Dial("tcp", os.Args[3], tlsconfig.MTLSClientConfig(source, source, tlsconfig.AuthorizeID(peer)))
	must(err)
	_, err = fmt.Fprintln(conn, "hello")
	must(err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	must(err)
	fmt.Println("answer", strings.TrimSpace(line))
}
