/** The answers of the other agent to the requests that build an amphora in ACTIVE_STANDBY. */
export const BUILT = {
  get_api_version: '{"api_version":"1.0"}',
  plug_vip: 202,
  plug_network: 202,
  upload_vrrp_config: 200,
  upload_config: 202,
  start_listener: 202,
  start_vrrp: 202,
};
