/** A request as `makeRequest` makes it: Node's own would not take jsdom's signal. */
export class FakeRequest {
  constructor(
    readonly url: string,
    readonly init: RequestInit
  ) {
    this.headers = new Headers(init.headers);
  }
  readonly headers: Headers;
}
