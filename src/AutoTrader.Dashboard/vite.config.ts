import { defineConfig } from 'vitest/config';

// The function app serves the page at /api/dashboard and each file beside it, without folders.
export default defineConfig({
  base: '/api/dashboard/',
  build: {
    assetsDir: '',
    // The Content-Security-Policy allows files of the page only, and no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // Licenses are in public/notice.txt.
    license: false,
  },
  // npm run dev: the page from its sources, its data from an app on this machine. The app answers pages of its own origin only.
  server: {
    proxy: {
      '^/api/(?!dashboard)': { target: 'http://127.0.0.1:7071', changeOrigin: true, headers: { Origin: 'http://127.0.0.1:7071' } },
    },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
