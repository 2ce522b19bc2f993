import type { ProgramTexts } from '../domain/programs.ts';
import type { RenderTemplate } from './templates.ts';

/** Returns the programs in other languages, which stand in templates/programs/. */
export const renderPrograms = (render: RenderTemplate): ProgramTexts => ({
  bindTrial: () => render('programs/bind-trial.pl.njk', {}),
  connectTrial: () => render('programs/connect-trial.pl.njk', {}),
  tcpRelay: () => render('programs/tcp-relay.pl.njk', {}),
  networkWatch: () => render('programs/network-watch.pl.njk', {}),
  dhcp: () => ({
    leaseScript: render('programs/lease-script.sh.njk', {}),
    runDhcpcd: render('programs/run-dhcpcd.sh.njk', {}),
    dhclientConfig: render('programs/dhclient.conf.njk', {}),
    dhcpcdConfig: render('programs/dhcpcd.conf.njk', {}),
  }),
});
